#!/bin/sh
# The nightly feed of leavers. What an earlier night has left open is finished
# first. Then tonight's roster is planned, the guards look at the plan, it is
# carried out, and whoever has to know gets a mail with the report.
#
#     nightly.sh ROSTER ADDRESS
#
# Settings come from the environment: OFFBOARD_BASE_URL, OFFBOARD_TOKEN_FILE,
# OFFBOARD_MAX_PERCENT and so on. Runs are kept in ./runs, and the name of one
# that is not over yet in ./open. It ends with the exit code of offboard.
set -u

roster=$1
address=$2
run=runs/$(date -u +%Y%m%dT%H%M%SZ)-$$
report=
protocol=$(mktemp)
trap 'rm -f "$protocol"' EXIT

# step COMMAND...: what offboard says goes into the mail
step() {
	echo "\$ offboard $*"
	offboard "$@" --quiet 2>&1
} >>"$protocol"

# finish RUN CODE: pending people get their final word; a run that could not
# be finished stays open
finish() {
	code=$2
	if [ "$code" -eq 4 ]; then
		step retry "$1"
		code=$?
	fi
	case $code in
	4 | 6 | 130) echo "$1" >open ;;
	*) rm -f open ;;
	esac
	step report "$1" && report=$1/report.html
}

# letter SUBJECT: the mail, with the report attached. For readers who are to
# see no names: step report "$1" --pseudonymise
letter() {
	boundary=$(basename "$protocol")
	cat <<-END
		To: $address
		Subject: offboard: $1
		MIME-Version: 1.0
		Content-Type: multipart/mixed; boundary="$boundary"

		--$boundary
		Content-Type: text/plain; charset=utf-8

		$(cat "$protocol")
	END
	if [ -n "$report" ]; then
		cat <<-END
			--$boundary
			Content-Type: text/html; charset=utf-8
			Content-Transfer-Encoding: base64
			Content-Disposition: attachment; filename="report.html"

			$(base64 "$report")
		END
	fi
	echo "--$boundary--"
}

if [ -s open ]; then
	read -r earlier <open
	step resume "$earlier" --yes
	finish "$earlier" $?
fi
if [ ! -e open ]; then
	if step plan "$roster" --dir "$run"; then
		step apply "$run" --yes --recheck
		finish "$run" $?
	else
		code=$?
	fi
fi

case $code in
0) subject="all done" ;;
2) subject="nothing was sent: the roster or the settings are wrong" ;;
3) subject="some people failed: see failed.csv" ;;
4) subject="some people are pending: asked again tomorrow" ;;
5) subject="nothing was sent: refused by a guard" ;;
6 | 130) subject="stopped early: goes on tomorrow" ;;
*) subject="exit code $code" ;;
esac
letter "$subject" | sendmail -t
exit "$code"
