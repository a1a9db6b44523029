import { closeSync, fdatasync, fstatSync, openSync } from 'node:fs'

export interface WalFile {
  /** Resolves when everything written to the WAL before the call is on disk. */
  sync(): Promise<void>
  close(): void
}

/**
 * Our own descriptor of the `-wal` file, for syncs in the thread pool.
 * The file is there from the first write on and stays while any connection of ours is open.
 */
export const openWalFile = (databaseFile: string): WalFile => {
  const fd = openSync(`${databaseFile}-wal`, 'r+')
  return {
    sync: () =>
      new Promise((resolve, reject) =>
        fdatasync(fd, (error) => {
          if (error) reject(error)
          else if (fstatSync(fd).nlink !== 1)
            reject(new Error(`${databaseFile}-wal was deleted while the server was using it`))
          else resolve()
        }),
      ),
    close: () => closeSync(fd),
  }
}
