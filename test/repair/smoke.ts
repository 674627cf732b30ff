import { converse, project } from './harness.ts';

const py = process.argv[2] === 'py';
const place = py
  ? project({
      'search.py': `def find(items, wanted):\n    low, high = 0, len(items) - 1\n    while low < high:\n        middle = (low + high) // 2\n        if items[middle] == wanted:\n            return middle\n        if items[middle] < wanted:\n            low = middle + 1\n        else:\n            high = middle - 1\n    return -1\n`,
      'test_search.py': `import pytest\nfrom search import find\n\n@pytest.mark.parametrize('items,wanted,expected', [([1,2,3],1,0),([1,2,3],2,1),([1,2,3],3,2),([],3,-1),([5],5,0)])\ndef test_find(items, wanted, expected):\n    assert find(items, wanted) == expected\n`,
    })
  : project({
      'package.json': '{"type":"module","scripts":{"test":"node --test"}}',
      'search.js': `export function find(items, wanted) {\n  let low = 0;\n  let high = items.length - 1;\n  while (low < high) {\n    const middle = Math.floor((low + high) / 2);\n    if (items[middle] === wanted) return middle;\n    if (items[middle] < wanted) low = middle + 1;\n    else high = middle - 1;\n  }\n  return -1;\n}\n`,
      'search.test.js': `import test from 'node:test';\nimport assert from 'node:assert';\nimport { find } from './search.js';\ntest('first', () => assert.equal(find([1,2,3],1),0));\ntest('middle', () => assert.equal(find([1,2,3],2),1));\ntest('none', () => assert.equal(find([],2),-1));\n`,
    });
const t = Date.now();
const result = await converse(
  `find misses some.\n\nThe change will be checked with: ${py ? 'pytest -q' : 'npm test'}`,
  place,
);
for (const { tool, input, result: text } of result.calls)
  console.log(`--- ${tool}`, JSON.stringify(input).slice(0, 150), '\n', text.slice(0, 900));
console.log(result.text, Date.now() - t);
place.remove();
