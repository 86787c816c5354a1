// A pool of threads for many short jobs. Workers spin for some ten microseconds before they sleep, because the next job
// mostly comes at once; the caller works too.
//
// Keeps: all items of a job are done, and their writes seen, before `whet_workers_run` returns.
#include "whet_kernels.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

typedef void (*whet_body)(void *context, long item, long worker);

struct whet_workers {
    int helpers;
    pthread_t *threads;
    pthread_mutex_t mutex;
    pthread_cond_t started, ended;
    _Atomic uint64_t job;    // counts jobs; a change wakes the helpers
    _Atomic long next;       // the next item to take
    _Atomic int working;     // helpers that have not finished the job
    _Atomic int stopping;
    long items;
    whet_body body;
    void *context;
};

struct helper {
    whet_workers *workers;
    long worker;
};

static void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

enum { spins = 4000 };

static void take_items(whet_workers *w, long worker) {
    for (;;) {
        long item = atomic_fetch_add_explicit(&w->next, 1, memory_order_relaxed);
        if (item >= w->items) return;
        w->body(w->context, item, worker);
    }
}

static void *help(void *argument) {
    struct helper me = *(struct helper *)argument;
    free(argument);
    whet_workers *w = me.workers;
    uint64_t seen = 0;
    for (;;) {
        for (int i = 0; i < spins && atomic_load_explicit(&w->job, memory_order_acquire) == seen; i++) pause_briefly();
        if (atomic_load_explicit(&w->job, memory_order_acquire) == seen) {
            pthread_mutex_lock(&w->mutex);
            while (atomic_load_explicit(&w->job, memory_order_acquire) == seen)
                pthread_cond_wait(&w->started, &w->mutex);
            pthread_mutex_unlock(&w->mutex);
        }
        seen = atomic_load_explicit(&w->job, memory_order_acquire);
        if (atomic_load(&w->stopping)) return NULL;
        take_items(w, me.worker);
        if (atomic_fetch_sub_explicit(&w->working, 1, memory_order_acq_rel) == 1) {
            pthread_mutex_lock(&w->mutex);
            pthread_cond_signal(&w->ended);
            pthread_mutex_unlock(&w->mutex);
        }
    }
}

whet_workers *whet_workers_create(int threads) {
    whet_workers *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    pthread_mutex_init(&w->mutex, NULL);
    pthread_cond_init(&w->started, NULL);
    pthread_cond_init(&w->ended, NULL);
    int wanted = threads > 1 ? threads - 1 : 0;
    w->threads = calloc((size_t)wanted + 1, sizeof *w->threads);
    if (!w->threads) {
        free(w);
        return NULL;
    }
    for (int i = 0; i < wanted; i++) {
        struct helper *helper = malloc(sizeof *helper);
        if (helper) *helper = (struct helper){w, i + 1};
        if (!helper || pthread_create(&w->threads[i], NULL, help, helper) != 0) {
            free(helper);
            whet_workers_destroy(w);
            return NULL;
        }
        w->helpers++;
    }
    return w;
}

static void start(whet_workers *w) {
    pthread_mutex_lock(&w->mutex);
    atomic_fetch_add_explicit(&w->job, 1, memory_order_release);
    pthread_cond_broadcast(&w->started);
    pthread_mutex_unlock(&w->mutex);
}

void whet_workers_destroy(whet_workers *w) {
    if (!w) return;
    atomic_store(&w->stopping, 1);
    start(w);
    for (int i = 0; i < w->helpers; i++) pthread_join(w->threads[i], NULL);
    pthread_mutex_destroy(&w->mutex);
    pthread_cond_destroy(&w->started);
    pthread_cond_destroy(&w->ended);
    free(w->threads);
    free(w);
}

void whet_workers_run(whet_workers *w, long items, whet_body body, void *context) {
    if (w->helpers == 0 || items <= 1) {
        for (long item = 0; item < items; item++) body(context, item, 0);
        return;
    }
    w->items = items;
    w->body = body;
    w->context = context;
    atomic_store_explicit(&w->next, 0, memory_order_relaxed);
    atomic_store_explicit(&w->working, w->helpers, memory_order_relaxed);
    start(w);
    take_items(w, 0);
    for (int i = 0; i < spins && atomic_load_explicit(&w->working, memory_order_acquire); i++) pause_briefly();
    if (atomic_load_explicit(&w->working, memory_order_acquire)) {
        pthread_mutex_lock(&w->mutex);
        while (atomic_load_explicit(&w->working, memory_order_acquire)) pthread_cond_wait(&w->ended, &w->mutex);
        pthread_mutex_unlock(&w->mutex);
    }
}
