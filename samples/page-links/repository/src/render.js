import { pageLinks } from './links.js';

/** A text navigation bar: `< 1 ... 4 [5] 6 ... 10 >`. */
export function renderLinks(view, neighbours) {
  const parts = pageLinks(view.page, view.pages, neighbours).map((link) => {
    if (link === null) {
      return '...';
    }
    return link === view.page ? `[${link}]` : String(link);
  });
  if (view.hasPrevious) {
    parts.unshift('<');
  }
  if (view.hasNext) {
    parts.push('>');
  }
  return parts.join(' ');
}
