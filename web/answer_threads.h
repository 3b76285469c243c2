// Threads with large stacks that answer one request after the other. They stay for the next one, so
// that a request finds a stack and an allocator that are warm; idle ones beyond idle_max end.
#pragma once
#include <stdbool.h>
#include <stddef.h>

typedef struct AnswerThreads AnswerThreads;
typedef struct AnswerThread AnswerThread;

AnswerThreads *answer_threads_create(size_t stack_bytes, size_t idle_max);
// No task may be running any more. NULL is allowed.
void answer_threads_destroy(AnswerThreads *threads);

// Starts the task on a thread; NULL when the system has none to give.
AnswerThread *answer_threads_start(AnswerThreads *threads, void (*task)(void *context),
                                   void *context);
// Waits until the task is through; the thread touches nothing of it afterwards.
void answer_threads_finish(AnswerThreads *threads, AnswerThread *thread);
