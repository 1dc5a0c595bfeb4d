"""Against a daemon at CAB_TEST_URL (and CAB_TEST_SOCKET), whose runner is `sh:sort "$CAB_INPUT"`."""

import os
import socketserver
import threading
import unittest
from http.server import BaseHTTPRequestHandler

from cab_client import Cab, CabError, JobFailed, WaitTimeout

URL = os.environ["CAB_TEST_URL"]
SOCKET = os.environ["CAB_TEST_SOCKET"]


class ClientTest(unittest.TestCase):
    def setUp(self) -> None:
        self.cab = Cab(URL)

    def test_runs_a_job_once_and_reads_what_it_made(self) -> None:
        first = self.cab.run(text="b\na\n", track_id="sorted")
        again = self.cab.run(text="b\na\n", track_id="sorted")
        self.assertEqual(again.key, first.key)
        self.assertTrue(again.cached)
        self.assertEqual(again.artifact().text(), "a\nb\n")
        self.assertEqual(again.manifest()["artifact"]["sha256"], again.artifact().etag)

    def test_takes_bytes_and_json_and_paths(self) -> None:
        self.assertEqual(self.cab.run(content=b"\xff\nb\n").artifact().bytes(), b"b\n\xff\n")
        self.assertEqual(self.cab.run(features=[1]).artifact().json(), [1])
        with self.assertRaises(CabError) as caught:
            self.cab.run("/no/such/file")
        self.assertEqual(caught.exception.code, "features_path_missing")
        with self.assertRaises(ValueError):
            self.cab.submit(text="a", features=[1])

    def test_reads_the_latest_of_a_track_only_if_it_is_another(self) -> None:
        self.cab.run(text="c\n", track_id="ä / b")
        latest = self.cab.latest("ä / b")
        assert latest is not None
        self.assertEqual(latest.bytes(), b"c\n")
        self.assertIsNone(self.cab.latest("ä / b", etag=latest.etag))
        self.cab.run(text="d\n", track_id="ä / b")
        self.assertIsNotNone(self.cab.latest("ä / b", etag=latest.etag))
        with self.assertRaises(CabError) as caught:
            self.cab.latest("none")
        self.assertEqual((caught.exception.code, caught.exception.status), ("not_found", 404))

    def test_tells_a_failure_with_its_code(self) -> None:
        with self.assertRaises(JobFailed) as caught:
            self.cab.run(text="fail", runner_kwargs={})
        self.assertEqual(caught.exception.code, "runner_failed")
        self.assertIn("broken", self.cab.log(caught.exception.job["job_id"]))

    def test_waits_no_longer_than_it_is_told_and_cancels(self) -> None:
        job = self.cab.submit(text="sleep")
        with self.assertRaises(WaitTimeout):
            self.cab.wait(job.id, 0.2)
        self.cab.cancel(job.id)
        self.assertEqual(self.cab.wait(job.id).status, "canceled")

    def test_works_over_the_socket(self) -> None:
        self.assertTrue(Cab(unix=SOCKET).is_healthy())
        self.assertEqual(Cab(unix=SOCKET).run(text="x\n").artifact().text(), "x\n")

    def test_says_that_nobody_listens(self) -> None:
        away = Cab("http://127.0.0.1:1")
        self.assertFalse(away.is_healthy())
        with self.assertRaises(CabError) as caught:
            away.submit(text="a")
        self.assertEqual(caught.exception.code, "daemon_unreachable")

    def test_hands_out_no_bytes_that_were_changed_on_the_way(self) -> None:
        class Liar(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("ETag", '"' + "0" * 64 + '"')
                self.send_header("Content-Length", "1")
                self.end_headers()
                self.wfile.write(b"x")

            def log_message(self, *_: object) -> None:
                pass

        with socketserver.TCPServer(("127.0.0.1", 0), Liar) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            lying = Cab(f"http://127.0.0.1:{server.server_address[1]}")
            with self.assertRaises(CabError) as caught:
                lying.get("c", "s", name="a")
            server.shutdown()
        self.assertEqual(caught.exception.code, "hash_mismatch")


if __name__ == "__main__":
    unittest.main()
