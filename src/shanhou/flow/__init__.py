"""流程: the stages of a case, one function each; the only package that joins rooms.

gathering: collect, inventory, subjects, words of persons · deciding: plan, approvals · telling:
letters, answers · acting and phases: transfer, archive, anonymise, return, destroy · receipts ·
proving: certificates, evidence, close · standing: what is done and what comes next. Each stage
reads what the stages before it sealed, does its work in its own room, and appends to the log in
the same commit as its state.
"""
