export default defineEventHandler((event) => {
  setCookie(event, 'seen', 'yes')
  return `home of ${getCookie(event, 'session') ?? 'nobody'} with ${JSON.stringify(getQuery(event))}`
})
