// Uploads a file by tus-js-client, as anybody would, and says what happened as one line of JSON.
//   node upload.mjs ENDPOINT FILE METADATA-JSON
import { readFileSync } from 'node:fs'
import { Upload } from 'tus-js-client'

const [endpoint, file, metadata] = process.argv.slice(2)
const offsets = []
const upload = new Upload(readFileSync(file), {
  endpoint,
  metadata: JSON.parse(metadata),
  retryDelays: [100, 200, 400, 800],
  onBeforeRequest(request) {
    if (request.getMethod() === 'PATCH') offsets.push(Number(request.getHeader('Upload-Offset')))
  },
  onError(error) {
    console.log(JSON.stringify({ error: String(error), offsets }))
    process.exitCode = 1
  },
  onSuccess({ lastResponse }) {
    console.log(
      JSON.stringify({
        offsets,
        link: lastResponse.getHeader('Link'),
        promise: lastResponse.getHeader('Waybill-Promise') ?? '',
      }),
    )
  },
})
upload.start()
