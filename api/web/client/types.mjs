// Writes schema.d.ts from an OpenAPI description: node types.mjs openapi.json schema.d.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { compile } from 'json-schema-to-typescript';

const [from = 'openapi.json', to = 'schema.d.ts'] = process.argv.slice(2);
const { components } = JSON.parse(readFileSync(from, 'utf8'));
/** The client's types, and whatever they are made of. */
const WANTED = ['AnswerOut', 'ArticleOut', 'ArticlesOut', 'FiltersIn', 'FollowOut', 'FollowsOut', 'PageOut', 'Problem', 'PushedOut', 'ReadyOut', 'SearchOut', 'SourcesOut', 'StatsOut', 'StatusOut', 'StoriesOut', 'StoryOut', 'SuggestionsOut', 'TellingsOut'];
/** Titles would name each field's type; `additionalProperties` as it is for requests, open for replies of newer servers. */
const plain = (/** @type {any} */ node, named = false) => {
  if (Array.isArray(node)) return node.map((one) => plain(one));
  if (node === null || typeof node !== 'object') return node;
  const entries = Object.entries(node).filter(([key, value]) => named || !['title', 'examples', 'additionalProperties', 'default'].includes(key) || (key === 'additionalProperties' && typeof value === 'object'));
  return Object.fromEntries(entries.map(([key, value]) => [key, plain(value, key === 'properties' || key === 'schemas')]));
};
const schemas = plain(components.schemas, true);
const text = await compile(
  { type: 'object', properties: Object.fromEntries(WANTED.map((name) => [name, { $ref: `#/components/schemas/${name}` }])), components: { schemas } },
  'Schema',
  { bannerComment: '// Made from the OpenAPI description by types.mjs (`npm run types`); not to be changed by hand.', additionalProperties: false, format: true, style: { printWidth: 120, singleQuote: true } },
);
writeFileSync(to, text);
