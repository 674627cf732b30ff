'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { parseCsv, toCsv } = require('../index.js');

test('writes a header and rows', () => {
  assert.equal(toCsv([{ id: 1, name: 'Ada' }]), 'id,name\r\n1,Ada\r\n');
});

test('leaves absent fields empty', () => {
  assert.equal(toCsv([{ a: 1 }, { b: null }], { newline: '\n' }), 'a,b\n1,\n,\n');
});

test('quotes delimiters and line breaks', () => {
  assert.equal(toCsv([{ a: 'x;y', b: 'one\ntwo' }], { delimiter: ';', header: false }), '"x;y";"one\ntwo"\r\n');
});

test('doubles a quote inside a field', () => {
  assert.equal(toCsv([{ size: '5" pipe' }], { header: false }), '"5"" pipe"\r\n');
});

test('a quoted phrase survives the round trip', () => {
  const text = toCsv([{ said: 'She said "no", twice' }], { header: false });
  assert.deepEqual(parseCsv(text), [['She said "no", twice']]);
});

test('two rows with quoted words stay two rows', () => {
  const rows = [{ note: 'the "first"\nline' }, { note: 'plain' }];
  assert.deepEqual(parseCsv(toCsv(rows, { header: false })), [['the "first"\nline'], ['plain']]);
});

test('reads quoted fields', () => {
  assert.deepEqual(parseCsv('a,"b, c"\r\n"d ""e""",f\r\n'), [['a', 'b, c'], ['d "e"', 'f']]);
});

test('reads a last line without a line break', () => {
  assert.deepEqual(parseCsv('a,b\nc,'), [['a', 'b'], ['c', '']]);
});
