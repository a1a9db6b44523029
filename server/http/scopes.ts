import { fail } from '../errors.ts'

/** Of a route that names none of its own. */
export const usualScopes = ['user', 'api_user'] as const

interface Asking {
  /** Begins a sentence. */
  who: string
  scopes: readonly string[]
}

/** Throws `scope_missing` (403) where who asks has none of these. */
export const assertScope = ({ who, scopes }: Asking, ...needed: readonly string[]): void => {
  if (!needed.some((scope) => scopes.includes(scope)))
    fail('scope_missing', { who, scope: scopes.join(' and '), needed: needed.join(' or ') })
}
