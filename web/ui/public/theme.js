// Runs before the first paint, so that a dark page never flashes white. A file of its own rather
// than an inline script: the server's content security policy need not allow inline code.
(function () {
  var theme = null;
  try {
    theme = localStorage.getItem('tessera.theme');
  } catch (e) {
    // Storage may be forbidden; the system's preference then decides.
  }
  if (theme !== 'light' && theme !== 'dark') {
    theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  }
  document.documentElement.dataset.theme = theme;
})();
