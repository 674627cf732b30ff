import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inside, join } from '../src/join.ts';
import { normalise } from '../src/normalise.ts';
import { relative } from '../src/relative.ts';

test('removes dots and doubled slashes', () => {
  assert.equal(normalise('a//b/./c/'), 'a/b/c');
});

test('goes up one folder', () => {
  assert.equal(normalise('a/b/../c'), 'a/c');
});

test('an empty path is here', () => {
  assert.equal(normalise(''), '.');
  assert.equal(normalise('a/..'), '.');
});

test('there is nothing above the root', () => {
  assert.equal(normalise('/../../etc'), '/etc');
});

test('keeps one step up at the start of a relative path', () => {
  assert.equal(normalise('../a'), '../a');
});

test('keeps every step up at the start of a relative path', () => {
  assert.equal(normalise('../../a'), '../../a');
});

test('joins, and starts afresh at an absolute part', () => {
  assert.equal(join('a', '', 'b', '../c'), 'a/c');
  assert.equal(join('a', '/b', 'c'), '/b/c');
});

test('knows what lies inside a folder', () => {
  assert.equal(inside('/srv/data', 'a/b'), true);
  assert.equal(inside('/srv/data', '../data-old'), false);
});

test('does not take a far sibling for a file inside', () => {
  assert.equal(inside('uploads', '../../uploads/secret'), false);
});

test('finds the way between two folders', () => {
  assert.equal(relative('/a/b/c', '/a/d'), '../../d');
  assert.equal(relative('/a', '/a'), '.');
});
