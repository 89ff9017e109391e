// Names for what the theme leaves without: the search, and the bar of each block of code. Wide tables scroll by keyboard too.
const name = () => {
  document.querySelector('.md-search')?.setAttribute('aria-label', 'Search');
  document.querySelectorAll('.md-code__nav').forEach((bar, i) => bar.setAttribute('aria-label', `Code ${i + 1}`));
  document.querySelectorAll('.md-typeset__scrollwrap').forEach((wrap) => (wrap.tabIndex = 0));
};
new MutationObserver(name).observe(document.documentElement, { childList: true, subtree: true });
name();
