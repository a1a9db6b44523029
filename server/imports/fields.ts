/** What a column of a CSV may be. */
export const fields = ['email', 'name', 'firstName', 'lastName', 'phone', 'avatar'] as const
export type Field = (typeof fields)[number]
