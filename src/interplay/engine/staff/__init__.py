"""Staff: who works with Interplay, what each role may do, how they sign in, and what they changed. 员工账号。"""
