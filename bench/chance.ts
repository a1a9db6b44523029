/** Chance that repeats: the same seed gives the same draws. */
export interface Chance {
  /** From 0 up to, not including, 1. */
  next(): number
  /** A whole number from 0 up to, not including, `n`. */
  below(n: number): number
  of<T>(list: readonly T[]): T
  /** A rank from 0 up to, not including, `n`: the second half as often as the first, the third a third as often. */
  zipf(n: number): number
  /** Mostly small, now and then large; 1 on average. */
  exponential(): number
}

/** A stream of its own for each `number`, so that the thousandth text can be written without the 999 before it. */
export const chanceOf = (seed: number, number: number): Chance => {
  let state = mix(mix(seed | 0) ^ number)
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    next,
    below: (n) => Math.floor(next() * n),
    of: (list) => list[Math.floor(next() * list.length)]!,
    zipf: (n) => Math.floor((n + 1) ** next()) - 1,
    exponential: () => -Math.log(1 - next()),
  }
}

/** Numbers that are close together end far apart. */
const mix = (n: number): number => {
  let h = Math.imul(n ^ (n >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
