"""The model process without a process, for tests of what a pane makes of its answers."""

from gptlab_tui.errors import GPTLabError
from gptlab_tui.serving.desk import Desk
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import pack, unpack
from gptlab_tui.tui.models import ModelAnswer


class InThisProcess:
    """Stands in for the model process: the same answers, through the same lines, at once.

    Those to what is named in `slow` wait for `deliver`, as if they were on their way; they come even
    where they were called off, since that may cross them.
    """

    def __init__(self, home):
        self.handlers = Desk(home).handlers()
        self.number = 0
        self.slow, self.held, self.called_off = set(), {}, []

    def ask(self, asker, do, **arguments):
        self.number += 1
        self.answer(self.number, asker, do, arguments)
        return self.number

    def answer(self, number, asker, do, arguments):
        """All answers to one request."""
        request = unpack(pack({"id": number, "do": do, **arguments}))
        try:
            answers = [answer for answer in self.handlers[do](Job(number, request)) if answer]
            answers.append({"kind": "done"})
        except GPTLabError as error:
            answers = [{"kind": "failed", "message": error.message, "hint": error.hint}]
        posts = [ModelAnswer(unpack(pack({"id": number, **answer}))) for answer in answers]
        self.held[number] = (asker, posts)
        if do not in self.slow:
            self.deliver(number)

    def deliver(self, *numbers):
        for number in numbers or tuple(self.held):
            asker, posts = self.held.pop(number)
            for post in posts:
                asker.post_message(post)

    def owes(self, number):
        return number in self.held

    def cancel(self, number):
        self.called_off.append(number)

    def close(self):
        pass
