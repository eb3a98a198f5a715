import { fail, redirect } from '@sveltejs/kit'

export const actions = {
  default: async ({ cookies, request }) => {
    const name = (await request.formData()).get('name')
    if (!name) return fail(400, { problem: 'a name is wanted' })
    cookies.set('name', String(name), { path: '/' })
    redirect(303, '/')
  },
}
