import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { SearchIndex } from '../src/index.js';
import { snippet } from '../src/snippet.js';
import { words } from '../src/words.js';

describe('words', () => {
  it('drops punctuation, case and stop words', () => {
    assert.deepEqual(words('The Cat, and the HAT!'), ['cat', 'hat']);
  });
  it('keeps letters of any language', () => {
    assert.deepEqual(words('Über naïve café'), ['über', 'naïve', 'café']);
  });
  it('finds none in an empty text', () => {
    assert.deepEqual(words('...'), []);
  });
});

describe('SearchIndex', () => {
  let index;
  beforeEach(() => {
    index = new SearchIndex();
    index.add(1, 'Baking bread', 'Flour, water and salt. Bread takes time.');
    index.add(2, 'Garden', 'Water the roses; roses love water.');
    index.add(3, 'Apple cake', 'Flour, sugar and apples.');
  });

  it('finds one word', () => {
    assert.deepEqual(index.search('roses').map((result) => result.id), [2]);
  });
  it('finds only documents with every word', () => {
    assert.deepEqual(index.search('flour water').map((result) => result.id), [1]);
  });
  it('puts the best match first', () => {
    assert.deepEqual(index.search('water').map((result) => result.id), [2, 1]);
  });
  it('adds up words of title and body', () => {
    assert.equal(index.search('bread')[0].score, 4);
  });
  it('breaks ties by title', () => {
    assert.deepEqual(index.search('flour').map((result) => result.title), ['Apple cake', 'Baking bread']);
  });
  it('finds nothing for an unknown word or an empty query', () => {
    assert.deepEqual(index.search('zebra'), []);
    assert.deepEqual(index.search('the'), []);
  });
});

describe('snippet', () => {
  it('marks what was cut', () => {
    assert.equal(snippet('one two three four five', 'three', 4), '…two three fou…');
  });
  it('does not mark what was not', () => {
    assert.equal(snippet('one two', 'two'), 'one two');
  });
});
