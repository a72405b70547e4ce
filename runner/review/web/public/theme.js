// Before the first paint, so that the page does not flash in the other theme.
(function () {
  var theme = null;
  try {
    theme = localStorage.getItem("cellar.theme");
  } catch (error) {
    // Storage may be forbidden; then the system decides.
  }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
