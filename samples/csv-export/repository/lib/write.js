'use strict';

const { quote } = require('./quote.js');

/** Turns a list of objects into CSV. Columns are those of `columns`, or the keys in the order they first appear. */
function toCsv(rows, { columns, delimiter = ',', header = true, newline = '\r\n' } = {}) {
  const names = columns ?? collectColumns(rows);
  const lines = [];
  if (header) {
    lines.push(names.map((name) => quote(name, delimiter)).join(delimiter));
  }
  for (const row of rows) {
    lines.push(names.map((name) => quote(row[name], delimiter)).join(delimiter));
  }
  return lines.join(newline) + newline;
}

function collectColumns(rows) {
  const names = new Set();
  for (const row of rows) {
    for (const name of Object.keys(row)) {
      names.add(name);
    }
  }
  return [...names];
}

module.exports = { toCsv };
