"""工作台: the screens in which each person sees their part of a case. The only room with Django."""
