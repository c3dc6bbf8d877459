"""The screens, one module per part of a case; each asks the flow and shows what it says."""
