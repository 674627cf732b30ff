/** What each Gemini takes. https://ai.google.dev/gemini-api/docs/thinking and …/models */
export interface Gemini {
  /** Names taken for `thinkingLevel`; empty where only a budget is taken. */
  levels: readonly string[];
  /** Range of `thinkingBudget`; 0 and -1 are taken apart from it. */
  budget?: { least: number; most: number; canBeZero: boolean };
  /** Function calls come back with the signature they were given. …/thought-signatures */
  checksSignatures: boolean;
  contextTokens: number;
  maxOutputTokens: number;
  /** Shortest prefix that is cached by itself, in tokens. …/caching */
  leastCached: number;
}

const three: Gemini = {
  levels: ['minimal', 'low', 'medium', 'high'],
  budget: { least: 1, most: 32_768, canBeZero: false },
  checksSignatures: true,
  contextTokens: 1_048_576,
  maxOutputTokens: 65_536,
  leastCached: 1024,
};

const twoFive: Gemini = {
  ...three,
  levels: [],
  budget: { least: 1, most: 24_576, canBeZero: true },
  checksSignatures: false,
  leastCached: 2048,
};

export const geminis: Readonly<Record<string, Gemini>> = {
  'gemini-4-argon': three,
  'gemini-4-hydrogen': { ...three, levels: ['low', 'medium', 'high', 'xhigh'] },
  'gemini-3.8-flash': { ...three, levels: ['low', 'medium', 'high'] },
  'gemini-3.6-flash': three,
  'gemini-3.1-pro-preview': { ...three, levels: ['low', 'medium', 'high'], leastCached: 4096 },
  'gemini-3-pro-preview': { ...three, levels: ['low', 'high'], leastCached: 4096 },
  'gemini-3-flash-preview': three,
  'gemini-2.5-pro': { ...twoFive, budget: { least: 128, most: 32_768, canBeZero: false }, leastCached: 4096 },
  'gemini-2.5-flash': twoFive,
  'gemini-2.5-flash-lite': { ...twoFive, budget: { least: 512, most: 24_576, canBeZero: true } },
};
