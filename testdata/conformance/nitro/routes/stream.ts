export default defineEventHandler((event) => {
  setHeader(event, 'content-type', 'text/plain')
  return new ReadableStream({
    start(controller) {
      for (const word of ['one ', 'two ', 'three']) controller.enqueue(new TextEncoder().encode(word))
      controller.close()
    },
  })
})
