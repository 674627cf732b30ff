import type { ProviderContext, ProviderModel } from './provider.ts';

export interface ProviderRow {
  /** Environment variables that hold the key, first one set wins. */
  keys: readonly string[];
  /** Environment variables that hold the address. */
  addresses: readonly string[];
  address?: string;
  /** The path that clients of this protocol expect at the end of an address, and when to add it. */
  version?: { suffix: string; add: 'always' | 'bare' };
  /** Runs on the person's own machine: no key, no price. */
  local?: true;
  open(): Promise<{ open(context: ProviderContext): ProviderModel | Promise<ProviderModel> }>;
}

const compatible = () => import('./compatible.ts');
const bare = { suffix: '/v1', add: 'bare' } as const;

/** Every provider: a new one is a line here and, where its wire is its own, a file beside it. */
export const providers: Readonly<Record<string, ProviderRow>> = {
  parlay: { keys: [], addresses: [], local: true, open: () => import('./offline.ts') },
  anthropic: {
    keys: ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN'],
    addresses: ['ANTHROPIC_BASE_URL'],
    address: 'https://api.anthropic.com/v1',
    version: { suffix: '/v1', add: 'always' },
    open: () => import('./anthropic.ts'),
  },
  openai: {
    keys: ['OPENAI_API_KEY'],
    addresses: ['OPENAI_BASE_URL'],
    address: 'https://api.openai.com/v1',
    version: bare,
    open: () => import('./openai.ts'),
  },
  google: {
    keys: ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'],
    addresses: ['GOOGLE_GEMINI_BASE_URL', 'GEMINI_BASE_URL'],
    address: 'https://generativelanguage.googleapis.com/v1beta',
    version: { suffix: '/v1beta', add: 'always' },
    open: () => import('./google.ts'),
  },
  azure: {
    keys: ['AZURE_API_KEY', 'AZURE_OPENAI_API_KEY'],
    addresses: ['AZURE_OPENAI_BASE_URL'],
    open: () => import('./azure.ts'),
  },
  bedrock: {
    keys: ['AWS_BEARER_TOKEN_BEDROCK', 'AWS_ACCESS_KEY_ID'],
    addresses: ['BEDROCK_BASE_URL'],
    open: () => import('./bedrock.ts'),
  },
  vertex: {
    keys: ['GOOGLE_VERTEX_API_KEY', 'GOOGLE_VERTEX_PROJECT', 'GOOGLE_CLOUD_PROJECT'],
    addresses: ['GOOGLE_VERTEX_BASE_URL'],
    open: () => import('./vertex.ts'),
  },
  mistral: { ...row('MISTRAL', 'https://api.mistral.ai/v1'), open: () => import('./mistral.ts') },
  zai: row('ZAI', 'https://api.z.ai/api/paas/v4'),
  openrouter: row('OPENROUTER', 'https://openrouter.ai/api/v1'),
  deepseek: row('DEEPSEEK', 'https://api.deepseek.com'),
  groq: row('GROQ', 'https://api.groq.com/openai/v1'),
  xai: row('XAI', 'https://api.x.ai/v1'),
  together: row('TOGETHER', 'https://api.together.xyz/v1'),
  fireworks: row('FIREWORKS', 'https://api.fireworks.ai/inference/v1'),
  cerebras: row('CEREBRAS', 'https://api.cerebras.ai/v1'),
  moonshot: row('MOONSHOT', 'https://api.moonshot.ai/v1'),
  qwen: {
    ...row('DASHSCOPE', 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1'),
    keys: ['DASHSCOPE_API_KEY', 'QWEN_API_KEY'],
  },
  'openai-chat': {
    keys: ['OPENAI_API_KEY'],
    addresses: ['OPENAI_BASE_URL'],
    address: 'https://api.openai.com/v1',
    version: bare,
    open: compatible,
  },
  'openai-compatible': {
    keys: ['OPENAI_COMPATIBLE_API_KEY'],
    addresses: ['OPENAI_COMPATIBLE_BASE_URL'],
    version: bare,
    local: true,
    open: compatible,
  },
  ollama: { ...local(['OLLAMA_HOST', 'OLLAMA_BASE_URL'], 'http://127.0.0.1:11434/v1'), keys: ['OLLAMA_API_KEY'] },
  lmstudio: local(['LMSTUDIO_BASE_URL', 'LM_STUDIO_BASE_URL'], 'http://127.0.0.1:1234/v1'),
  llamacpp: local(['LLAMACPP_BASE_URL', 'LLAMA_CPP_BASE_URL'], 'http://127.0.0.1:8080/v1'),
  vllm: { ...local(['VLLM_BASE_URL'], 'http://127.0.0.1:8000/v1'), keys: ['VLLM_API_KEY'] },
};

function row(prefix: string, address: string): ProviderRow {
  return { keys: [`${prefix}_API_KEY`], addresses: [`${prefix}_BASE_URL`], address, version: bare, open: compatible };
}

function local(addresses: readonly string[], address: string): ProviderRow {
  return { keys: [], addresses, address, version: bare, local: true, open: compatible };
}
