/* jos.h - for a program of JOS (MIT's 6.828): this instead of inc/lib.h

      An environment is a process. There are no files and no messages, and a process can change its
      own memory only. */
#ifndef KINGLET_COMPAT_JOS_H
#define KINGLET_COMPAT_JOS_H
#include "../u-lib.h"

typedef int32_t envid_t;
#define PGSIZE PAGESIZE
#define UTEMP ((void*) (PROC_START_ADDR + 0x100000))

struct Env {
    envid_t env_id;
    envid_t env_parent_id;
    uint32_t env_runs;
};
static inline const struct Env* jos_this_env(void) {
    static struct Env env;
    env.env_id = sys_getpid();
    env.env_parent_id = sys_getppid();
    return &env;
}
#define thisenv (jos_this_env())

/* Only for the process itself, which is 0 */
static inline int jos_page_alloc(envid_t env, void* va) {
    return env == 0 || env == sys_getpid() ? sys_page_alloc(va) : E_INVAL;
}
static inline int jos_page_unmap(envid_t env, void* va) {
    if (env != 0 && env != sys_getpid()) return E_INVAL;
    sys_page_free(va);
    return 0;
}
static inline int jos_env_destroy(envid_t env) {
    if (env == 0 || env == sys_getpid()) sys_exit(0);
    return sys_kill(env);
}
static inline void jos_wait(envid_t env) { sys_wait(env, 0); }

#define umain process_main
#define cprintf printf
#define exit() sys_exit(0)
#define wait jos_wait
#define sys_getenvid sys_getpid
#define sys_cputs(s, length) ((void) write(1, (s), (length)))
#define sys_env_destroy jos_env_destroy
#define sys_page_alloc(env, va, perm) ((void) (perm), jos_page_alloc((env), (va)))
#define sys_page_unmap(env, va) jos_page_unmap((env), (va))
#endif
