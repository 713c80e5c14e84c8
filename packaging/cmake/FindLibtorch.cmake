# SPDX-License-Identifier: GPL-3.0-or-later
# Finds libtorch in the layout of the PyPI wheel (torch/include, torch/lib) without asking for a CUDA toolkit.
# Looks in CMAKE_PREFIX_PATH first (the folder that holds torch/, or torch/ itself, or an unpacked libtorch), then in .libtorch,
# where packaging/bootstrap.sh puts it. Gives the target Libtorch::Libtorch; libtorch_cuda is opened at run time, never linked.
find_path(Libtorch_INCLUDE_DIR NAMES ATen/ATen.h
          HINTS ${CMAKE_PREFIX_PATH} ${PROJECT_SOURCE_DIR}/.libtorch PATH_SUFFIXES torch/include include NO_DEFAULT_PATH)
find_library(Libtorch_CPU_LIBRARY NAMES torch_cpu
             HINTS ${Libtorch_INCLUDE_DIR}/../lib NO_DEFAULT_PATH)
find_library(Libtorch_C10_LIBRARY NAMES c10
             HINTS ${Libtorch_INCLUDE_DIR}/../lib NO_DEFAULT_PATH)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Libtorch REQUIRED_VARS Libtorch_CPU_LIBRARY Libtorch_C10_LIBRARY Libtorch_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "Run packaging/bootstrap.sh, or pass -DCMAKE_PREFIX_PATH=<folder that holds torch/> of torch 2.11.0.")

if(Libtorch_FOUND AND NOT TARGET Libtorch::Libtorch)
  get_filename_component(Libtorch_LIB_DIR ${Libtorch_CPU_LIBRARY} DIRECTORY)
  add_library(Libtorch::Libtorch INTERFACE IMPORTED)
  # -idirafter: the wheel carries its own fmt, which must not shadow Debian's.
  target_compile_options(Libtorch::Libtorch INTERFACE
    "SHELL:-idirafter ${Libtorch_INCLUDE_DIR}" "SHELL:-idirafter ${Libtorch_INCLUDE_DIR}/torch/csrc/api/include")
  target_link_libraries(Libtorch::Libtorch INTERFACE ${Libtorch_CPU_LIBRARY} ${Libtorch_C10_LIBRARY})
  target_link_options(Libtorch::Libtorch INTERFACE "LINKER:-rpath,${Libtorch_LIB_DIR}" "LINKER:--disable-new-dtags"
    "LINKER:-rpath-link,${Libtorch_LIB_DIR}" "LINKER:-rpath-link,${Libtorch_LIB_DIR}/../../nvidia/cu13/lib")
endif()
mark_as_advanced(Libtorch_INCLUDE_DIR Libtorch_CPU_LIBRARY Libtorch_C10_LIBRARY)
