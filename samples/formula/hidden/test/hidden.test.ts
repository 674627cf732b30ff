import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../src/evaluate.ts';
import { tokenise } from '../src/tokens.ts';

test('numbers of every shape are one token', () => {
  for (const text of ['0', '007', '3.14159', '10.05', '6.02e23', '1E-3', '2.5e+2']) {
    assert.deepEqual(tokenise(text), [{ kind: 'number', value: Number(text) }], text);
  }
});

test('a dot needs digits on both sides', () => {
  assert.throws(() => tokenise('1.'), SyntaxError);
  assert.throws(() => tokenise('.5'), SyntaxError);
});

test('names may hold digits and underscores', () => {
  assert.equal(evaluate('_a1 * b_2', { _a1: 3, b_2: 4 }), 12);
});
