import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluate } from '../src/evaluate.ts';
import { tokenise } from '../src/tokens.ts';

describe('tokenise', () => {
  it('splits numbers, names and symbols', () => {
    assert.deepEqual(tokenise('2 * rate'), [
      { kind: 'number', value: 2 },
      { kind: 'symbol', text: '*' },
      { kind: 'name', text: 'rate' },
    ]);
  });

  it('reads decimals and exponents as one number', () => {
    assert.deepEqual(tokenise('12.75 1e3'), [
      { kind: 'number', value: 12.75 },
      { kind: 'number', value: 1000 },
    ]);
  });

  it('points at a character it does not know', () => {
    assert.throws(() => tokenise('2 $ 3'), /unexpected character at 1: \$/);
  });
});

describe('evaluate', () => {
  it('multiplies before it adds', () => assert.equal(evaluate('1 + 2 * 3'), 7));
  it('goes from left to right', () => assert.equal(evaluate('10 - 4 - 3'), 3));
  it('raises to a power from the right', () => assert.equal(evaluate('2 ** 3 ** 2'), 512));
  it('negates a power', () => assert.equal(evaluate('-2 ** 2'), -4));
  it('knows variables with digits in their names', () => {
    assert.equal(evaluate('q1 + q2', { q1: 10, q2: 32 }), 42);
  });
  it('calculates with small decimals', () => assert.equal(evaluate('price * 0.25', { price: 80 }), 20));
  it('calls functions', () => assert.equal(evaluate('max(1, min(9, 5), abs(-7))'), 7));
  it('refuses half a formula', () => {
    assert.throws(() => evaluate('2 * (3 + 1'), SyntaxError);
    assert.throws(() => evaluate('2 3'), SyntaxError);
  });
  it('names what it does not know', () => assert.throws(() => evaluate('tax + 1'), /unknown variable: tax/));
});
