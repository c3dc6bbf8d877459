"""客户: records cleaned and merged into the people they are about; their answers."""
