// Before the first paint: the theme somebody chose, else the system's.
"use strict";
document.documentElement.dataset.bsTheme = localStorage.getItem("theme")
  || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
