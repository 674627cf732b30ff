// The house rule: a room imports only from floors below its own.
const floors = [
  ['ledger', 'config', 'system'],
  ['models', 'workspace'],
  ['tools'],
  ['agent', 'verify'],
  ['attempts'],
  ['lab', 'research'],
  ['cli', 'tui', 'web', 'editor'],
];

const rules = floors.flatMap((rooms, floor) => {
  const above = floors.slice(floor + 1).flat();
  return rooms.map((room) => {
    // Rooms on one floor do not import each other, except the ground floor, where `system` carries the others.
    const siblings = floor === 0 ? [] : rooms.filter((other) => other !== room);
    const forbidden = [...above, ...siblings];
    return {
      name: `floors-${room}`,
      comment: `src/${room} may import only from floors below its own`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: `^src/(${[...forbidden, 'index\\.ts'].join('|')})` },
    };
  });
});

module.exports = {
  forbidden: [
    ...rules,
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
