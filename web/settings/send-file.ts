import { Failure, inboxUrl } from '../api.ts'

/** Sends a file as it is; unlike fetch it tells how much of it has gone. */
export const sendFile = <T>(path: string, file: File, sent: (bytes: number) => void): Promise<T> =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', inboxUrl(path))
    request.responseType = 'json'
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.upload.addEventListener('progress', ({ loaded }) => sent(loaded))
    request.addEventListener('load', () => {
      const body = (request.response ?? {}) as Record<string, unknown>
      if (request.status < 300) resolve(body as T)
      else reject(new Failure(request.status, body))
    })
    request.addEventListener('error', () =>
      reject(new Failure(0, { message: 'The file could not be sent: the connection was lost.' })),
    )
    request.send(file)
  })
