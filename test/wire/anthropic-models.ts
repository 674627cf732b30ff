/**
 * What each Claude takes. Sources, all on platform.claude.com/docs/en:
 * [effort] build-with-claude/effort, [adaptive] build-with-claude/adaptive-thinking,
 * [caching] build-with-claude/prompt-caching, [preserved] build-with-claude/preserved-thinking,
 * [models] about-claude/models/overview and models/<name>/migration-guide.
 */
export interface Claude {
  /** Forms of `thinking.type` that are taken. [models], [adaptive] */
  thinking: readonly ('enabled' | 'adaptive' | 'disabled' | 'between_tools')[];
  /** What happens when the request does not say. */
  thinksByDefault: boolean;
  /** Thinking text is empty unless `display` asks for it (Opus 4.7 and later). [adaptive] */
  omitsThinking: boolean;
  efforts: readonly string[];
  /** `disabled` is refused together with xhigh and max. [models] */
  disablesUpToHigh: boolean;
  /** temperature, top_p and top_k other than the default are refused. [models] */
  refusesSampling: boolean;
  refusesForcedTools: boolean;
  /** Thinking blocks are bound to what came before them. [preserved] */
  preserved: boolean;
  refusesPrefill: boolean;
  contextTokens: number;
  maxOutputTokens: number;
  /** Shortest prefix that is cached, in tokens. [caching] */
  leastCached: number;
}

const all = ['low', 'medium', 'high', 'xhigh', 'max'] as const;

const modern: Claude = {
  thinking: ['adaptive', 'disabled'],
  thinksByDefault: true,
  omitsThinking: true,
  efforts: all,
  disablesUpToHigh: false,
  refusesSampling: true,
  refusesForcedTools: false,
  preserved: false,
  refusesPrefill: true,
  contextTokens: 1_000_000,
  maxOutputTokens: 128_000,
  leastCached: 1024,
};

const older: Claude = {
  ...modern,
  thinking: ['enabled', 'disabled'],
  thinksByDefault: false,
  omitsThinking: false,
  efforts: [],
  refusesSampling: false,
  refusesPrefill: false,
  contextTokens: 200_000,
  maxOutputTokens: 64_000,
};

const bound: Claude = { ...modern, preserved: true, leastCached: 512 };

export const claudes: Readonly<Record<string, Claude>> = {
  'claude-fable-5-2': { ...bound, thinking: ['adaptive'], refusesForcedTools: true },
  'claude-fable-5-1': { ...bound, thinking: ['adaptive'], refusesForcedTools: true },
  'claude-fable-5': { ...modern, thinking: ['adaptive'], leastCached: 512 },
  'claude-opus-5-5': { ...bound, thinking: ['adaptive'], refusesForcedTools: true },
  'claude-sonnet-5-5': { ...bound, thinking: ['adaptive', 'between_tools'], refusesForcedTools: true },
  'claude-haiku-5-5': { ...bound, disablesUpToHigh: true },
  'claude-opus-5': { ...modern, disablesUpToHigh: true, leastCached: 512 },
  'claude-sonnet-5': modern,
  'claude-opus-4-8': { ...modern, thinksByDefault: false },
  'claude-opus-4-7': { ...modern, thinksByDefault: false, leastCached: 2048 },
  'claude-opus-4-6': {
    ...modern,
    thinking: ['adaptive', 'enabled', 'disabled'],
    thinksByDefault: false,
    omitsThinking: false,
    efforts: ['low', 'medium', 'high', 'max'],
    refusesSampling: false,
    leastCached: 4096,
  },
  'claude-sonnet-4-6': {
    ...modern,
    thinking: ['adaptive', 'enabled', 'disabled'],
    thinksByDefault: false,
    omitsThinking: false,
    efforts: ['low', 'medium', 'high', 'max'],
    refusesSampling: false,
    refusesPrefill: false,
  },
  'claude-opus-4-5': { ...older, efforts: ['low', 'medium', 'high'], leastCached: 4096 },
  'claude-sonnet-4-5': older,
  'claude-haiku-4-5': { ...older, leastCached: 4096 },
  'claude-opus-4-1': { ...older, maxOutputTokens: 32_000 },
};

/** The model behind an id, which may carry a date. */
export function claudeOf(id: string): Claude | undefined {
  return claudes[id.replace(/-\d{8}$/, '')];
}
