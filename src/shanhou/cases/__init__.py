"""案件: the case, its people and duties, stages, approvals and its store."""
