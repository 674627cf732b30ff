/** Which part of `total` items is on `page` (from 1) when `perPage` are shown. Pages out of range are brought into it. */
export function paginate(total, page, perPage = 20) {
  if (perPage < 1) {
    throw new RangeError('perPage must be at least 1');
  }
  const pages = Math.max(1, Math.ceil(total / perPage));
  const current = Math.min(Math.max(1, page), pages);
  const start = (current - 1) * perPage;
  const end = Math.min(start + perPage, total);
  return { page: current, pages, start, end, hasPrevious: current > 1, hasNext: current < pages };
}

/** The items of one page. */
export function slicePage(items, page, perPage) {
  const { start, end } = paginate(items.length, page, perPage);
  return items.slice(start, end);
}
