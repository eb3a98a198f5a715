export const onRequest = async (context, next) => {
  context.locals.greeting = 'hello from middleware'
  const response = await next()
  response.headers.set('x-middleware', 'ran')
  return response
}
