/* What Python's limited API asks of the system, for every system that a wheel is built for.
 *
 * Python's own pyconfig.h describes the machine that Python was built on; the compiler knows the
 * sizes of the machine that it compiles for. The limited API looks at nothing else. */

#ifndef AE_PYCONFIG_H
#define AE_PYCONFIG_H

#define _DEFAULT_SOURCE 1 /* alloca in glibc's stdlib.h, for what cffi generates */

#define SIZEOF_INT __SIZEOF_INT__
#define SIZEOF_LONG_LONG __SIZEOF_LONG_LONG__
#define SIZEOF_WCHAR_T __SIZEOF_WCHAR_T__
#define SIZEOF_PID_T 4

#ifndef __APPLE__ /* pymacconfig.h has these */
#define SIZEOF_LONG __SIZEOF_LONG__
#define SIZEOF_VOID_P __SIZEOF_POINTER__
#define SIZEOF_SIZE_T __SIZEOF_SIZE_T__
#endif

#define HAVE_STDDEF_H 1
#define HAVE_SYS_STAT_H 1
#define HAVE_SYS_TIME_H 1
#define HAVE_WCHAR_H 1

#ifdef _WIN32
#define MS_WINDOWS 1
#define MS_WIN32 1
#define MS_WIN64 1
#define HAVE_DECLSPEC_DLL 1
#define Py_ENABLE_SHARED 1 /* everything of Python is in python3.dll */
#else
#define HAVE_SSIZE_T 1
#endif

#endif
