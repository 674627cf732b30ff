'use strict';

/** Quotes one field where RFC 4180 asks for it. */
function quote(value, delimiter) {
  const text = value === null || value === undefined ? '' : String(value);
  const special = text.includes(delimiter) || text.includes('"') || text.includes('\n') || text.includes('\r');
  if (!special) {
    return text;
  }
  return `"${text.replace('"', '""')}"`;
}

module.exports = { quote };
