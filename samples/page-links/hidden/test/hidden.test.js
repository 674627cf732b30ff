import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageLinks } from '../src/links.js';

test('links rise, hold the current page and its neighbours, and mark every gap once', () => {
  for (let pages = 1; pages <= 12; pages += 1) {
    for (let current = 1; current <= pages; current += 1) {
      for (const neighbours of [0, 1, 2, 3]) {
        const links = pageLinks(current, pages, neighbours);
        const context = `${current} of ${pages} with ${neighbours}`;
        for (let page = 1; page <= pages; page += 1) {
          const wanted = page === 1 || page === pages || Math.abs(page - current) <= neighbours;
          assert.equal(links.includes(page), wanted, `${page}: ${context}`);
        }
        for (let index = 1; index < links.length; index += 1) {
          if (links[index] === null) {
            assert.ok(links[index + 1] - links[index - 1] > 1, context);
          } else if (links[index - 1] !== null) {
            assert.equal(links[index] - links[index - 1], 1, context);
          }
        }
      }
    }
  }
});
