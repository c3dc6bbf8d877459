"""流程: the stages of a case, one function each; the only package that joins rooms.

gathering: collect, inventory, subjects, words of persons · deciding: plan, notices, answers,
approvals · acting: transfer, receipts, archive, anonymise, return, destroy · proving:
certificates, evidence, report, close. Each stage reads what the stages before it sealed, does its
work in its own room, and appends to the log in the same commit as its state.
"""
