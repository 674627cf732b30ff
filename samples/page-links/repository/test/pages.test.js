import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageLinks } from '../src/links.js';
import { paginate, slicePage } from '../src/paginate.js';
import { renderLinks } from '../src/render.js';

test('counts a last page that is not full', () => {
  assert.equal(paginate(41, 1).pages, 3);
  assert.deepEqual(paginate(41, 3), { page: 3, pages: 3, start: 40, end: 41, hasPrevious: true, hasNext: false });
});

test('an empty list has one empty page', () => {
  assert.deepEqual(paginate(0, 1), { page: 1, pages: 1, start: 0, end: 0, hasPrevious: false, hasNext: false });
});

test('pages out of range are brought into it', () => {
  assert.equal(paginate(10, 99, 5).page, 2);
  assert.equal(paginate(10, -3, 5).page, 1);
});

test('slices the items of a page', () => {
  assert.deepEqual(slicePage(['a', 'b', 'c', 'd', 'e'], 2, 2), ['c', 'd']);
});

test('shows gaps on both sides', () => {
  assert.deepEqual(pageLinks(5, 10), [1, null, 4, 5, 6, null, 10]);
});

test('shows no gap next to the first pages', () => {
  assert.deepEqual(pageLinks(2, 10), [1, 2, 3, null, 10]);
});

test('shows every page of a short list', () => {
  assert.deepEqual(pageLinks(2, 3), [1, 2, 3]);
  assert.deepEqual(pageLinks(1, 1), [1]);
});

test('shows the page before the last', () => {
  assert.deepEqual(pageLinks(9, 10, 2), [1, null, 7, 8, 9, 10]);
});

test('renders the bar', () => {
  assert.equal(renderLinks(paginate(200, 5)), '< 1 ... 4 [5] 6 ... 10 >');
});
