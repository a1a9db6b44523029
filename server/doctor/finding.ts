/** What one check found. */
export interface Finding {
  check: string
  status: 'OK' | 'WARN' | 'FAIL'
  found: string
  /** What to do; none where it is right. */
  action?: string
}

export const ok = (check: string, found: string): Finding => ({ check, status: 'OK', found })
export const warn = (check: string, found: string, action: string): Finding => ({
  check,
  status: 'WARN',
  found,
  action,
})
export const failed = (check: string, found: string, action: string): Finding => ({
  check,
  status: 'FAIL',
  found,
  action,
})

export const messageOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException
  return message || code || String(error)
}
