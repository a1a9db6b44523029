#!/bin/sh
# /usr/local/bin/support-inbox, for root: the command line as the server's user and with its settings.
set -a
. /etc/support-inbox.env
exec setpriv --reuid=support-inbox --regid=support-inbox --clear-groups \
  /opt/support-inbox/node_modules/node/bin/node /opt/support-inbox/bin/support-inbox.mjs "$@"
