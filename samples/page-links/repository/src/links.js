/**
 * Page numbers to show around the current one, with `null` where some are left out:
 * `[1, null, 4, 5, 6, null, 10]` for page 5 of 10 with one neighbour a side.
 */
export function pageLinks(current, pages, neighbours = 1) {
  const first = Math.max(2, current - neighbours);
  const last = Math.min(pages - 1, current + neighbours);
  const links = [1];
  if (first > 1) {
    links.push(null);
  }
  for (let page = first; page <= last; page += 1) {
    links.push(page);
  }
  if (last < pages - 1) {
    links.push(null);
  }
  if (pages > 1) {
    links.push(pages);
  }
  return links;
}
