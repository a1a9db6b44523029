interface Poll {
  /** Milliseconds from one end to the next begin. */
  every: number
  isWanted(): boolean
  work(): Promise<void>
}

/** Does `work` again and again for as long as it is wanted; `begin` says that it is. `work` must not reject. */
export const poll = ({ every, isWanted, work }: Poll): { begin(): void; close(): void } => {
  let timer: NodeJS.Timeout | undefined
  let isClosed = false
  const tick = async () => {
    await work()
    timer = isClosed || !isWanted() ? undefined : setTimeout(tick, every)
  }
  return {
    begin: () => {
      if (!isClosed) timer ??= setTimeout(tick, every)
    },
    close: () => {
      isClosed = true
      clearTimeout(timer)
    },
  }
}
