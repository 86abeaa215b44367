speak_sources = \
    src/speak/linecount.c \
    src/speak/lineinput.c \
    src/speak/lineinput.h \
    src/speak/lines.c \
    src/speak/linewindow.c \
    src/speak/linewindow.h \
    src/speak/speak.c \
    src/speak/speak.h
speak_sources += src/speak/chunk.c
speak_sources += src/speak/chunk.h
speak_sources += src/speak/framedeliver.c
speak_sources += src/speak/framedeliver.h
speak_sources += src/speak/frameops.c
speak_sources += src/speak/frames.c
speak_sources += src/speak/frames.h
speak_sources += src/speak/handover.c
speak_sources += src/speak/handover.h
speak_sources += src/speak/json.c
speak_sources += src/speak/json.h
speak_sources += src/speak/jsonline.c
speak_sources += src/speak/jsonline.h
speak_sources += src/speak/jsonobject.c
speak_sources += src/speak/jsonobject.h
speak_sources += src/speak/jsonops.c
speak_sources += src/speak/none.c
speak_sources += src/speak/once.c
speak_sources += src/speak/once.h
speak_sources += src/speak/oncejob.c
speak_sources += src/speak/say.c
speak_sources += src/speak/say.h
speak_sources += src/speak/jsonvalue.c
speak_sources += src/speak/jsonvalue.h
