const key = 'stay after closing'

/** Whether the next conversation opens when one was closed: each agent's choice at each browser. */
export const movesOn = (): boolean => {
  try {
    return localStorage.getItem(key) === null
  } catch {
    return true
  }
}

export const setMovesOn = (isOn: boolean): void => {
  try {
    if (isOn) localStorage.removeItem(key)
    else localStorage.setItem(key, 'yes')
  } catch {
    // a forbidden storage: it stays as it is
  }
}
