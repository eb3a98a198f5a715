export default {
  text: 'fetch',
  fetch(request) {
    return new Response(`${this.text} ${request.method}`)
  },
}
