import { keptChoice } from '../ui/kept.ts'

const density = keptChoice('density')

/** Whether rows are low, so that more of them are on the screen. */
export const useIsCompact = (): boolean => density.use() === 'compact'

export const setCompact = (isCompact: boolean): void => density.choose(isCompact ? 'compact' : 'comfortable')
