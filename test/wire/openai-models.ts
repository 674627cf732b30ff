/**
 * What each OpenAI model takes. Sources: developers.openai.com/api/docs/guides/reasoning and /guides/latest-model for
 * efforts, /api/docs/models/<id> for windows; "Supported values are: …" in public issues for what is refused.
 */
export interface Gpt {
  /** Empty for a model that does not reason. */
  efforts: readonly string[];
  defaultEffort: string;
  contextTokens: number;
  maxOutputTokens: number;
  images: boolean;
  /**
   * Chat Completions refuses function tools together with reasoning from GPT-5.4 on, with GPT-5.6 even the default one.
   * github.com/openai/openai-openapi/issues/541, github.com/BerriAI/litellm/pull/34569
   */
  noToolsWithReasoningInChat: boolean;
}

const five: Gpt = {
  efforts: ['minimal', 'low', 'medium', 'high'],
  defaultEffort: 'medium',
  contextTokens: 400_000,
  maxOutputTokens: 128_000,
  images: true,
  noToolsWithReasoningInChat: false,
};

const fiveSix: Gpt = {
  ...five,
  efforts: ['none', 'low', 'medium', 'high', 'xhigh', 'max'],
  contextTokens: 1_050_000,
  noToolsWithReasoningInChat: true,
};

const plain: Gpt = {
  ...five,
  efforts: [],
  defaultEffort: 'none',
  contextTokens: 1_047_576,
  maxOutputTokens: 32_768,
};

export const gpts: Readonly<Record<string, Gpt>> = {
  'gpt-6-sol': { ...fiveSix, noToolsWithReasoningInChat: false },
  'gpt-6-astra': { ...fiveSix, efforts: ['low', 'medium', 'high', 'xhigh', 'max'], noToolsWithReasoningInChat: false },
  'gpt-5.6': fiveSix,
  'gpt-5.6-terra': fiveSix,
  'gpt-5.5': {
    ...five,
    efforts: ['none', 'low', 'medium', 'high', 'xhigh'],
    contextTokens: 1_050_000,
    noToolsWithReasoningInChat: true,
  },
  'gpt-5.4': {
    ...five,
    efforts: ['none', 'low', 'medium', 'high', 'xhigh'],
    defaultEffort: 'none',
    contextTokens: 1_050_000,
    noToolsWithReasoningInChat: true,
  },
  'gpt-5.4-mini': {
    ...five,
    efforts: ['none', 'low', 'medium', 'high', 'xhigh'],
    defaultEffort: 'none',
    noToolsWithReasoningInChat: true,
  },
  'gpt-5.2': { ...five, efforts: ['none', 'low', 'medium', 'high', 'xhigh'], defaultEffort: 'none' },
  'gpt-5.1': { ...five, efforts: ['none', 'low', 'medium', 'high'], defaultEffort: 'none' },
  'gpt-5': five,
  'gpt-5-mini': five,
  'gpt-5-pro': { ...five, efforts: ['high'], defaultEffort: 'high', maxOutputTokens: 272_000 },
  o3: { ...five, efforts: ['low', 'medium', 'high'], contextTokens: 200_000, maxOutputTokens: 100_000 },
  'o3-mini': {
    ...five,
    efforts: ['low', 'medium', 'high'],
    contextTokens: 200_000,
    maxOutputTokens: 100_000,
    images: false,
  },
  'gpt-4.1': plain,
  'gpt-4o': { ...plain, contextTokens: 128_000, maxOutputTokens: 16_384 },
};

/** The model behind an id, which may carry a date. */
export function gptOf(id: string): Gpt | undefined {
  return gpts[id.replace(/-\d{4}-\d{2}-\d{2}$/, '')];
}

/** 'a', 'b', and 'c' */
export function spell(values: readonly string[]): string {
  const quoted = values.map((value) => `'${value}'`);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')}, and ${quoted.at(-1)}`;
}
