'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { parseCsv, toCsv } = require('../index.js');

test('any number of quotes survives', () => {
  for (const value of ['"', '""', '"""', '"a"b"c"', 'a""b', ',"', '"\n"\n"']) {
    const text = toCsv([{ value }], { header: false });
    assert.deepEqual(parseCsv(text), [[value]], JSON.stringify(value));
  }
});

test('plain fields are not quoted', () => {
  assert.equal(toCsv([{ a: "it's", b: 0, c: false }], { header: false }), "it's,0,false\r\n");
});

test('a dollar sign next to a quote is left alone', () => {
  assert.equal(toCsv([{ a: '$"$&"' }], { header: false }), '"$""$&"""\r\n');
});
