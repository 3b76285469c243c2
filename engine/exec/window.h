// Window functions as plans and logical trees hold them.
//
// The rows of an input are divided into partitions and ordered; each function sees, for each row,
// its partition, its peers (rows equal in the order) and a frame around it.
#pragma once
#include "aggregate.h"

typedef enum WindowFunction {
  WINDOW_ROW_NUMBER,
  WINDOW_RANK,
  WINDOW_DENSE_RANK,
  WINDOW_PERCENT_RANK,
  WINDOW_CUME_DIST,
  WINDOW_NTILE,
  WINDOW_LAG, // value, offset, default
  WINDOW_LEAD,
  WINDOW_FIRST_VALUE, // of the frame
  WINDOW_LAST_VALUE,
  WINDOW_NTH_VALUE, // value, n
  WINDOW_AGGREGATE, // over the frame
} WindowFunction;

typedef enum FrameMode { FRAME_RANGE, FRAME_ROWS, FRAME_GROUPS } FrameMode;

typedef enum FrameBound {
  BOUND_UNBOUNDED_PRECEDING,
  BOUND_PRECEDING, // by the offset
  BOUND_CURRENT,
  BOUND_FOLLOWING,
  BOUND_UNBOUNDED_FOLLOWING,
} FrameBound;

typedef enum FrameExclude {
  EXCLUDE_NONE,
  EXCLUDE_CURRENT, // the row itself
  EXCLUDE_GROUP,   // and its peers
  EXCLUDE_TIES,    // its peers, but not itself
} FrameExclude;

typedef struct WindowFrame {
  FrameMode mode;
  FrameBound start, end;
  Expr *start_offset, *end_offset; // constants when executed: bigint (ROWS, GROUPS), else a number,
                                   // or an interval, to add to the one order key
  FrameExclude exclude;
} WindowFrame;

#define WINDOW_ARGS_MAX 3

typedef struct WindowCall {
  WindowFunction function;
  AggregateCall aggregate; // WINDOW_AGGREGATE
  Expr *args[WINDOW_ARGS_MAX];
  uint32_t arg_count;
  WindowFrame frame;
  Type type; // of the result
} WindowCall;

const char *window_function_name(WindowFunction function); // "row_number", ...
// Whether the function reads its frame: others ignore it.
bool window_function_is_framed(WindowFunction function);
